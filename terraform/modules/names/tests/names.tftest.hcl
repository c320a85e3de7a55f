variables {
  environment = "prod"
  account_id  = "123456789012"
}

run "names_carry_environment_and_account" {
  command = plan

  assert {
    condition     = output.media_bucket == "amena-prod-media-123456789012"
    error_message = "The media bucket is named ${output.media_bucket}."
  }
  assert {
    condition     = output.dead_letter_queue == "${output.queue}-dead"
    error_message = "The dead-letter queue is named ${output.dead_letter_queue}."
  }
}

run "the_longest_environment_still_fits_a_bucket_name" {
  command = plan
  variables {
    environment = "abcdefghijkl"
  }
  assert {
    condition     = length(output.media_bucket) <= 63
    error_message = "A bucket's name has 63 characters at most."
  }
}

run "capitals_are_refused" {
  command = plan
  variables {
    environment = "Prod"
  }
  expect_failures = [var.environment]
}

run "a_short_account_is_refused" {
  command = plan
  variables {
    account_id = "1234"
  }
  expect_failures = [var.account_id]
}
