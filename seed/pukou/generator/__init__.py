"""The deterministic generator of the demo district's data files; run it with ``python -m seed.pukou.generator``."""
