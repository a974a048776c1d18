"""申诉: a department appeals against an overdue fact after closing; two reviews, and the fact stays."""
