"""Poll wheel, runner, pipeline, states, reachability, windows and the calendar."""
