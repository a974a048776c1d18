"""What goes out to other systems and comes in from them: webhooks, reports, tickets, warnings, shares."""
