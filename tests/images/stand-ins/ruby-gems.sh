#!/bin/sh
# Makes gems of those that Debian has installed, with what it has compiled for them: no index of gems is asked.
set -eu
mkdir /gems /work
exec ruby -rrubygems/package -rfileutils -e '
  ARGV.each do |name|
    spec = Gem::Specification.find_by_name(name)
    folder = "/work/#{name}"
    FileUtils.cp_r(spec.full_gem_path, folder)
    FileUtils.cp_r(Dir["#{spec.extension_dir}/*"], "#{folder}/lib") unless spec.extensions.empty?
    spec.extensions.clear
    spec.files = Dir.chdir(folder) { Dir["**/*"].select { |path| File.file?(path) } }
    spec.test_files = spec.extra_rdoc_files = []
    Dir.chdir(folder) { Gem::Package.build(spec, true, false, "/gems/#{spec.file_name}") }
  end
' "$@"
