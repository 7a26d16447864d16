"""Amazon's Selling Partner API: signing in, the calls within their rates, and the port's requests made of them."""
