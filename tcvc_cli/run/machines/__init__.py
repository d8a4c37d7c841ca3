"""Who computes where: films and shots dealt to several processes and machines."""
