"""Sales tax: the rate of a purchase, programs that pay none, and what a member owes."""
