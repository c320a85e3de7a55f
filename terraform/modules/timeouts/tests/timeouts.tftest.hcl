run "the_charts_timeouts_are_in_order" {
  command = plan

  assert {
    condition     = output.soft < output.hard && output.hard < output.grace && output.grace < output.visibility
    error_message = "The chart's timeouts are not in order."
  }
}

run "a_hard_limit_below_the_soft_one_is_refused" {
  command = plan
  variables {
    values_file = "tests/values/hard_below_soft.yaml"
  }
  expect_failures = [output.soft]
}

run "a_grace_below_the_hard_limit_is_refused" {
  command = plan
  variables {
    values_file = "tests/values/grace_below_hard.yaml"
  }
  expect_failures = [output.hard]
}

run "a_visibility_below_the_grace_is_refused" {
  command = plan
  variables {
    values_file = "tests/values/visibility_below_grace.yaml"
  }
  expect_failures = [output.grace]
}

run "a_visibility_beyond_twelve_hours_is_refused" {
  command = plan
  variables {
    values_file = "tests/values/visibility_too_long.yaml"
  }
  expect_failures = [output.visibility]
}
