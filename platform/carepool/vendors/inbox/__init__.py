"""Files that vendors send back: answers, receipts and ship notices, whatever door they come by."""
