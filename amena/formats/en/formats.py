"""Day and month as no reader takes them for each other, and the hours of a day as 0 to 23."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "G:i"
DATETIME_FORMAT = "j F Y, G:i"
