"""Lianqin: command of joint law-enforcement patrols over a city grid."""
