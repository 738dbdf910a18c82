// A link from another site arrives without the cookie; a request of this page carries it.
document.querySelector("form").action = "/login" + location.hash;  // redirects keep it
const target = document.getElementById("next").value;
const answer = await fetch("/session");
if (answer.status === 204) location.replace(target + location.hash);
