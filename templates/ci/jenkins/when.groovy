      when {
<% if job.approval %>
        beforeInput true
<% endif %>
        beforeOptions true
        beforeAgent true
<% if job.runs == "preview" %>
        // Never for a fork: its code must not meet our credentials.
        changeRequest target: <%= repository.branch %>
        expression { !env.CHANGE_FORK }
<% elif job.runs != "always" %>
        branch <%= repository.branch %>
<% endif %>
<% if job.runs == "manual" %>
        expression { params.ROLLBACK == <%= job.target %> }
<% elif pipeline.rollback %>
        expression { (params.ROLLBACK ?: 'none') == 'none' }
<% endif %>
<% if pipeline.gate and (job in pipeline.jobs or job.runs == "preview") %>
        expression { env.CONCERNED != 'no' }
<% endif %>
<% if job.needs and job.id != "build" and job.runs == "deliver" and "build" in job.needs or job.id.startswith("deploy-") %>
        expression { env.DELIVER == 'yes' }
<% endif %>
      }
