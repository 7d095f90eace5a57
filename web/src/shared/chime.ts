/** The tones of each chime in hertz, in the order played. */
const CHIMES = {
  work: [523.25, 659.25, 783.99],
  break: [783.99, 523.25],
} as const;

const TONE_SECONDS = 0.9;
const GAP_SECONDS = 0.22;
const LOUDNESS = 0.22;

let context: AudioContext | undefined;

/** Browsers play no sound before the first interaction, so this is called from a click or key handler. */
export function unlockSound(): void {
  context ??= new AudioContext();
  void context.resume();
}

/** The chime for the end of a session: a rising chord after work, a falling one after a break. */
export function chime(over: keyof typeof CHIMES): void {
  unlockSound();
  const audio = context;
  if (audio === undefined) return;
  CHIMES[over].forEach((frequency, index) => {
    playTone(audio, frequency, audio.currentTime + index * GAP_SECONDS);
  });
}

/** A bell: immediate attack, slow decay. */
function playTone(audio: AudioContext, frequency: number, at: number): void {
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + TONE_SECONDS);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + TONE_SECONDS);
}
