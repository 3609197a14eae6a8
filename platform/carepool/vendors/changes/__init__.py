"""What the buyer changes of an order that is out: edits after the close, questions to vendors, differences of versions."""
