import workerUrl from './notify.worker.ts?worker&url';

export const canNotify = (): boolean => 'Notification' in globalThis;

/** Asks the browser's own question. @returns whether notifications may be shown */
export async function askToNotify(): Promise<boolean> {
  return canNotify() && (await Notification.requestPermission()) === 'granted';
}

export const mayNotify = (): boolean => canNotify() && Notification.permission === 'granted';

/** Phones show a page's notifications only through a service worker; everywhere else the page does it by itself. */
export async function notify(title: string, body: string): Promise<void> {
  if (!mayNotify()) return;
  try {
    new Notification(title, { body, tag: 'metronome' });
  } catch {
    await navigator.serviceWorker.register(workerUrl, { type: 'module' });
    const registration = await navigator.serviceWorker.getRegistration(workerUrl);
    await registration?.showNotification(title, { body, tag: 'metronome' });
  }
}
