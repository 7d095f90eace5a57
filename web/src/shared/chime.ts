/** The tones of a chime in hertz, played one after the other. */
const CHIMES = {
  work: [523.25, 659.25, 783.99],
  break: [783.99, 523.25],
} as const;

const TONE_SECONDS = 0.9;
const GAP_SECONDS = 0.22;
const LOUDNESS = 0.22;

let context: AudioContext | undefined;

/** Browsers are silent until somebody touches the page: to be called from a click or a key. */
export function unlockSound(): void {
  context ??= new AudioContext();
  void context.resume();
}

/** What is over: a work session ends with a rising chord, a break with a falling one. */
export function chime(over: keyof typeof CHIMES): void {
  unlockSound();
  const audio = context;
  if (audio === undefined) return;
  CHIMES[over].forEach((frequency, index) => {
    playTone(audio, frequency, audio.currentTime + index * GAP_SECONDS);
  });
}

/** A bell: at once there, slowly gone. */
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
