"""通知: who must know of what happened is told, by table, and it is on record who read it."""
