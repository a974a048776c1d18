"""What the city's other systems say and hear: reports by citizens' apps, tickets of hotlines, warnings."""
