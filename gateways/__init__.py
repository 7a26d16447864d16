"""What is asked outside: Amazon and Commerce, behind one port, and the simulation of both."""
