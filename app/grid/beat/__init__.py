"""Beats: the cells one crew looks after."""
