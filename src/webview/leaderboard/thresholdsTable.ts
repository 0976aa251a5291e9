import type { LeaderboardView } from '../../presentation/leaderboardMessages';
import { element } from '../dom';

/** What each medal and the median ask for; nothing where nobody knows. */
export function thresholdsTable({ thresholds }: LeaderboardView): readonly HTMLElement[] {
  if (thresholds.length === 0) return [];
  const withPlaces = thresholds.some(({ cells }) => (cells[2] ?? '') !== '');
  const head = ['Line', 'Score', ...(withPlaces ? ['Places'] : [])];
  const rows = thresholds.map(({ name, cells }) => {
    const [title = '', ...numbers] = withPlaces ? cells : cells.slice(0, 2);
    return element(
      'tr',
      {},
      element(
        'th',
        { attributes: { scope: 'row' } },
        element('span', { class: `swatch ${name}`, attributes: { 'aria-hidden': 'true' } }),
        element('span', { text: title }),
      ),
      ...numbers.map((text) => element('td', { class: 'number', text })),
    );
  });
  return [
    element(
      'table',
      {},
      element('caption', { text: 'Medals' }),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...head.map((text, n) =>
            element('th', { text, class: n === 0 ? '' : 'number', attributes: { scope: 'col' } }),
          ),
        ),
      ),
      element('tbody', {}, ...rows),
    ),
  ];
}
