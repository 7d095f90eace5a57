import { type ReactElement, type ReactNode, useEffect, useRef } from 'react';

/** In the drawing's units of 100. */
const RADIUS = 48.5;
const LENGTH = 2 * Math.PI * RADIUS;

interface RingProps {
  /** The share of the circle to draw now, 0 to 1; read in every animation frame while moving. */
  readonly fraction: () => number;
  readonly moving: boolean;
  readonly children?: ReactNode;
}

/**
 * A circle that empties. Every frame computes it from the time instead of counting down, so a page that slept or was
 * hidden is correct in its first visible frame.
 */
export function Ring({ fraction, moving, children }: RingProps): ReactElement {
  const arc = useRef<SVGCircleElement>(null);
  useEffect(() => {
    const draw = (): void => {
      const drawn = Math.min(1, Math.max(0, fraction()));
      const { current } = arc;
      if (!current) return;
      current.style.strokeDashoffset = String(LENGTH * (1 - drawn));
      // A round line cap would leave a dot at zero.
      current.style.visibility = drawn === 0 ? 'hidden' : 'visible';
    };
    if (!moving) {
      draw();
      return undefined;
    }
    return everyFrame(draw);
  }, [fraction, moving]);
  return (
    <div className="ring">
      <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
        <circle className="track" cx="50" cy="50" r={RADIUS} />
        <circle ref={arc} className="arc" cx="50" cy="50" r={RADIUS} strokeDasharray={LENGTH} />
      </svg>
      <div className="ring-inside">{children}</div>
    </div>
  );
}

const prefersStillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/**
 * Draws in every animation frame, or once a second for users who prefer reduced motion. @returns a function that stops
 * drawing
 */
function everyFrame(draw: () => void): () => void {
  draw();
  if (prefersStillness()) {
    const timer = setInterval(draw, 1_000);
    return () => {
      clearInterval(timer);
    };
  }
  let frame = requestAnimationFrame(function next() {
    draw();
    frame = requestAnimationFrame(next);
  });
  return () => {
    cancelAnimationFrame(frame);
  };
}
