"""Adobe Commerce over REST: signing, the calls, and the port's requests made of them."""
