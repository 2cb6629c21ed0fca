// A page that the browser may hold is never shown from its memory without asking: whoever goes back
// to it after signing out, or after somebody has handed in, gets what there is now.
//
// On the way back browsers may bring a page back whole, without a request; then it is asked for.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    window.location.reload();
  }
});
