"""双考核: after a whistle the centre that blew it scores the departments, and the centre above scores it."""
