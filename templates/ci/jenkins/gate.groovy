<% set job = pipeline.gate %>
    stage(<%= job.title %>) {
<% include "ci/jenkins/when.groovy" %>
      agent { label <%= ci.agent %> }
      options { timeout(time: <%= job.minutes | inside %>, unit: 'MINUTES') }
      steps {
        // What the last build that ended well had looked at. That may have been a rollback: what a person starts delivers.
        script {
          String before = checkout(scm).GIT_PREVIOUS_SUCCESSFUL_COMMIT ?: ''
          env.BASE = currentBuild.getBuildCauses('hudson.model.Cause$UserIdCause') ? '' : before
        }
<% set text = namespace(lines=["set -eu"]) %>
<% for step in job.steps %>
<% include step.template %>
<% endfor %>
        sh(<%= text.lines | join("\n") %>)
        // No other stage of the app starts when nothing of it has changed; the build, and so its status, is good.
        script { env.CONCERNED = fileExists('.gitopsgen-quiet') ? 'no' : 'yes' }
      }
    }
