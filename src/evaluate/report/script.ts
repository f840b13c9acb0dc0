/** @file The page's only script: one tooltip for marked code (pointer and keyboard), a filter over programs and the light/dark switch. The page reads without it. */
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
    if (!at) return;
    for (let one = at; one; one = one.parentElement) if (one.tagName === 'DETAILS') { one.open = true; one.hidden = false; }
    at.scrollIntoView();
  };
  for (const section of document.querySelectorAll('section.programs')) {
    const cards = [...section.querySelectorAll(':scope > details.card')];
    const outcomes = [...new Set(cards.map((card) => card.dataset.outcome))].filter(Boolean);
    if (cards.length < 6 || outcomes.length === 0) continue;
    const bar = document.createElement('div');
    bar.className = 'filter';
    const text = document.createElement('input');
    text.type = 'search';
    text.placeholder = 'task, CWE, text';
    text.setAttribute('aria-label', 'show only programs with this text');
    let chosen = '';
    const buttons = ['', ...outcomes].map((outcome) => {
      const count = cards.filter((card) => !outcome || card.dataset.outcome === outcome).length;
      const one = document.createElement('button');
      one.type = 'button';
      one.textContent = (outcome || 'all') + ' ' + count;
      one.addEventListener('click', () => { chosen = outcome; apply(); });
      one.dataset.outcome = outcome;
      return one;
    });
    const apply = () => {
      const wanted = text.value.trim().toLowerCase();
      for (const one of buttons) one.setAttribute('aria-pressed', String(one.dataset.outcome === chosen));
      for (const card of cards)
        card.hidden = Boolean((chosen && card.dataset.outcome !== chosen) || (wanted && !card.textContent.toLowerCase().includes(wanted)));
    };
    text.addEventListener('input', apply);
    bar.append(...buttons, text);
    cards[0].before(bar);
    apply();
  }
  addEventListener('hashchange', open);
  open();
})();
`;
