import breakIcon from '../assets/icon-break.svg?url';
import idleIcon from '../assets/icon-idle.svg?url';
import pausedIcon from '../assets/icon-paused.svg?url';
import workIcon from '../assets/icon-work.svg?url';
import type { Phase } from './phase.js';

const ICONS: Readonly<Record<Phase, string>> = {
  idle: idleIcon,
  work: workIcon,
  break: breakIcon,
  paused: pausedIcon,
};

export function showInTab(phase: Phase): void {
  document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.setAttribute('href', ICONS[phase]);
}
