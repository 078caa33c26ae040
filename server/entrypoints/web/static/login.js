// Signs a manager in and shows the page that was asked for; every refusal says what to do.
const table = JSON.parse(document.getElementById("words").textContent);
const form = document.getElementById("login");
const problem = form.querySelector(".problem");
const KNOWN = { "sign-in-refused": "login.refused", locked: "login.locked", "too-many": "login.locked", busy: "login.busy" };

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const body = JSON.stringify({ staff: form.staff.value.trim(), secret: form.secret.value });
  try {
    const answer = await fetch("/api/v1/login", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (answer.ok) {
      location.reload();
      return;
    }
    const told = await answer.json();
    problem.textContent = table[KNOWN[told.code] ?? (answer.status < 500 ? "login.refused" : "login.no_line")];
  } catch {
    problem.textContent = table["login.no_line"];
  }
  problem.hidden = false;
  form.secret.value = "";
  form.secret.focus();
});
