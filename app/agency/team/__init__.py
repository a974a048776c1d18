"""Teams of volunteers and companies, and the services they offer: the fixed four and the community's own."""
