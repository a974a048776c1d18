"""The incident: what is reported where, its workflow, clocks, tasks, requests and evidence."""
