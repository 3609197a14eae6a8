"""Files that people bring: a column map is proposed, the differences are shown, then all of it is applied or nothing."""
