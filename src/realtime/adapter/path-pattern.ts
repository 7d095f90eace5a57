/** Compiles a pattern such as `/ws/room/:room_id`. Each `:part` matches one segment; a trailing slash is optional. */
export function pathPattern(pattern: string): (path: string) => Readonly<Record<string, string>> | undefined {
  const names = pattern.split('/').flatMap((segment) => (segment.startsWith(':') ? [segment.slice(1)] : []));
  const expression = new RegExp(`^${pattern.replaceAll(/:[a-z_]+/g, '([^/]+)')}/?$`);
  return (path) => {
    const match = expression.exec(path);
    if (match === null) return undefined;
    return Object.fromEntries(names.map((name, index) => [name, decoded(match[index + 1] ?? '')]));
  };
}

/** Leaves a malformed escape undecoded: such a segment names nothing. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
