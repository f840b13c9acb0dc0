/** @file The page's only script: one tooltip for marked code (pointer and keyboard) and the light/dark switch. The page reads without it. */
export const SCRIPT = `
(() => {
  const tip = document.getElementById('tip');
  const show = (target) => {
    tip.textContent = target.dataset.tip;
    tip.hidden = false;
    const box = target.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left), innerWidth - own.width - 8);
    const above = box.top - own.height - 8;
    tip.style.left = left + 'px';
    tip.style.top = (above > 8 ? above : box.bottom + 8) + 'px';
  };
  const find = (event) => event.target.closest && event.target.closest('[data-tip]');
  for (const name of ['mouseover', 'focusin'])
    document.addEventListener(name, (event) => { const t = find(event); if (t) show(t); else tip.hidden = true; });
  document.addEventListener('focusout', () => { tip.hidden = true; });
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') tip.hidden = true; });
  addEventListener('scroll', () => { tip.hidden = true; }, { passive: true });
  const button = document.getElementById('theme');
  const dark = () => document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  const label = () => { button.textContent = dark() ? 'Light' : 'Dark'; };
  button.hidden = false;
  button.addEventListener('click', () => { document.documentElement.dataset.theme = dark() ? 'light' : 'dark'; label(); });
  label();
  const open = () => {
    const at = location.hash && document.getElementById(location.hash.slice(1));
    if (at && at.tagName === 'DETAILS') at.open = true;
  };
  addEventListener('hashchange', open);
  open();
})();
`;
