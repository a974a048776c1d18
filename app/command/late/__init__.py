"""迟到回报: what a phone that was offline did on an incident that is over, or in other hands, by the time it tells."""
