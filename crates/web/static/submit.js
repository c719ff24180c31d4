// submit
