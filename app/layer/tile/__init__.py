"""Vector tiles of the layers by OGC API - Tiles, with TileJSON and a MapLibre style of the board."""
