"""What goes out to other systems and comes in from them: webhooks, reports of apps, tickets of hotlines, warnings, shares."""
