"""What time does without a request: clocks climb, offers and tasks time out, suspensions end, requests expire."""
