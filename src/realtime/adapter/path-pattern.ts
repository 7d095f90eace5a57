/** Matches `/ws/room/:room_id`, with or without a slash at the end; each `:part` is one segment. */
export function pathPattern(pattern: string): (path: string) => Readonly<Record<string, string>> | undefined {
  const names = pattern.split('/').flatMap((segment) => (segment.startsWith(':') ? [segment.slice(1)] : []));
  const expression = new RegExp(`^${pattern.replaceAll(/:[a-z_]+/g, '([^/]+)')}/?$`);
  return (path) => {
    const match = expression.exec(path);
    if (match === null) return undefined;
    return Object.fromEntries(names.map((name, index) => [name, decoded(match[index + 1] ?? '')]));
  };
}

/** A broken escape stays as it was sent: it names nothing. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
