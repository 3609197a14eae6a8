"""What arrived: counted at the door, shared out anew, claimed from the vendor, handed out, and what is left offered on."""
