// Runs before the page is drawn: style sheets show what needs a script only where scripts run.
document.documentElement.classList.add("js");
