"""Where routing rules meet incidents: asked when one is reported, accepted or amended; what they say is carried out."""
