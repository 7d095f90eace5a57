const { createRequire, isBuiltin } = require('node:module');
const { compileFunction } = require('node:vm');

const Runtime = require('jest-runtime').default;

/** Keeps one registry for a process, and a suite wants an empty one. */
const OF_ONE_SUITE = ['prom-client'];

/** What a worker has compiled, for all its suites. */
const compiled = new Map();
const requires = new Map();

/**
 * Packages are loaded by Node, once in a worker, as production loads them; only our own code is Jest's, new in each suite, and
 * is compiled once in a worker. With Jest's own runtime a suite spent most of its time on loading the same packages again.
 */
module.exports = class SharedPackages extends Runtime {
  constructor(...args) {
    super(...args);
    this.executor.compile = (source, filename) => compile(source, filename, this.executor.injectedModuleParameters);
  }

  requireModule(from, moduleName, options, isRequireActual) {
    if (isPackage(moduleName) && !options?.isInternalModule) return requireOf(from)(moduleName);
    return super.requireModule(from, moduleName, options, isRequireActual);
  }
};

function isPackage(name) {
  return name !== undefined && !/^[./]/.test(name) && !isBuiltin(name) && !OF_ONE_SUITE.includes(name);
}

function requireOf(from) {
  const known = requires.get(from) ?? createRequire(from);
  requires.set(from, known);
  return known;
}

function compile(source, filename, parameters) {
  const known = compiled.get(filename);
  if (known?.source === source) return known.run;
  const run = compileFunction(source, parameters, { filename });
  compiled.set(filename, { source, run });
  return run;
}
