"""For how long positions and the log of their readers are kept: days made ahead, dropped whole when they are over."""
