// Containers are tab stops only while there is something to scroll; what is cut off at the right fades out.

function update(box) {
  box.tabIndex = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1 ? 0 : -1;
  box.classList.toggle("more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
}

const overflows = new ResizeObserver((entries) => entries.forEach(({ target }) => update(target.closest(".scroll"))));
for (const box of document.querySelectorAll(".scroll")) {
  box.addEventListener("scroll", () => update(box), { passive: true });
  overflows.observe(box);
  overflows.observe(box.firstElementChild);
}
