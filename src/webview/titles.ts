import type { TrajectoryHeader } from '../presentation/trajectoryMessages';
import { element, icon } from './dom';
import { statusIcon } from './statusIcon';

/** What stands at the top of every page: its title, how that ended, and what else is known of it. */
export function titleParts({
  title,
  subtitle,
  status,
}: Pick<TrajectoryHeader, 'title' | 'subtitle' | 'status'>): readonly HTMLElement[] {
  return [
    element('h1', { text: title }),
    element(
      'span',
      { class: `status ${status.tone}` },
      icon(statusIcon(status.tone)),
      element('span', { text: status.label }),
    ),
    element('span', { class: 'subtitle' }, ...subtitle.map((text) => element('span', { text }))),
  ];
}
