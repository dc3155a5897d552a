"""Documents for people: PDF by typst, XLSX by xlsxwriter, DOCX by python-docx. The same data give the same bytes."""
