"""Layers: what maps and other systems read through the interfaces of OGC."""
