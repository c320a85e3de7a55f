"""Everything that is done to photos and jobs. Views, tasks and commands call these."""
