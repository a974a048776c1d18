"""The demo district: data files of 南京市浦口区 (320111); how they came about is in ``README.md``."""
