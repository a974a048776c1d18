"""联体指挥: the one gate through which incidents and assignments move, with everything a move sets off."""
