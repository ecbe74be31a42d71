<% extends "built-in" %>
<% block extra %>x<% endblock %>
