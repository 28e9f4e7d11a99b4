# What every page of the three sites says.
site-skip = Skip to the content
site-error-prefix = Error:{" "}
site-problem-heading = There is a problem
site-idle-note = You will be signed out in 2 minutes because nothing has happened on this page. Open any page to stay signed in.
site-sign-out = Sign out
site-help-heading = Help
site-help-call = Call us:
site-help-write = Write to us:

refusal-home = Go to the start page
refusal-not-found = Page not found
refusal-not-found-words = If you typed the address, check that it is right. If you pasted it, check that you copied all of it.
refusal-forbidden = You cannot open this page
refusal-forbidden-words = Your sign-in does not allow this. If you think it should, ask the person who manages your access.
refusal-sign-in = Please sign in again
refusal-sign-in-words = You are signed out. This happens when nothing is done for a while, so that nobody else can read your page.
refusal-form = Please go back and try again
refusal-form-words = This page was open for too long, or cookies are turned off in your browser. Nothing was changed. Go back, reload the page and send it again.
refusal-unreadable = We could not read that
refusal-unreadable-words = Something in what was sent was not as expected. Nothing was changed. Go back and try again.
refusal-too-large = That is too large
refusal-too-large-words = What was sent is larger than we accept. Nothing was changed.
refusal-too-many = Please wait a while
refusal-too-many-words = There were many attempts in a short time. Try again in 15 minutes, or call us.
refusal-broken = Sorry, something is not working
refusal-broken-words = The fault is on our side. Please try again in a few minutes. If you were paying, do not pay again: look at your account first, or call us.
